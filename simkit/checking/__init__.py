"""How `check` judges files meant for the platform: payloads, and pages and scripts with a widget.

`kinds` says what a file is, `payloads` judges data, `snippets` what a page or script tells the
widget. For scripts, `trees` reads, `scopes` says which name is which, `values` works out what can
be known without running anything, and `mistakes` explains what cannot be read.
"""
