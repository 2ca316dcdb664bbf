"""The page a letter is set on; it loads nothing from anywhere, so opening it tells nobody."""

PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body {{ margin: 0; padding: 32px 16px; font: 16px/1.5 system-ui, sans-serif;
       background: #f4f1ec; color: #2b2622; }}
main {{ max-width: 480px; margin: 0 auto; padding: 24px 28px; background: #ffffff;
       border-radius: 14px; }}
.button {{ display: inline-block; padding: 12px 22px; border-radius: 10px;
          background: #b4472f; color: #ffffff; text-decoration: none; font-weight: 600; }}
.small {{ font-size: 13px; color: #7a6f66; overflow-wrap: anywhere; }}
footer {{ max-width: 480px; margin: 14px auto 0; font-size: 13px; color: #7a6f66; }}
@media (prefers-color-scheme: dark) {{
  body {{ background: #1d1a17; color: #efe9e2; }}
  main {{ background: #2a2622; }}
}}
</style>
</head>
<body>
<main>{body}</main>
<footer>{footer}</footer>
</body>
</html>
"""
