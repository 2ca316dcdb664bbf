"""The subcommands of `tandem`, one module each; found by their files, so a new one changes no list.

Each module says how it is called: `HELP`, `add_arguments(parser)` and `run(chosen) -> exit code`.
"""
