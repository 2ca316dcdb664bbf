"""OpenID: coming in by an account one has elsewhere, and letting that open one's own.

What an issuer vouched for becomes a link like those that are sent by mail (`links`): the browser
is led back with it, and who opens it, with the verifier it was bound to, is signed in.
"""
