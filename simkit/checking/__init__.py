"""How `check` judges files meant for the platform: payloads, and pages and scripts with a widget.

`kinds` says what a file is, `payloads` judges data, `snippets` what a page or script tells the
widget. For scripts, `trees` reads, `scopes` says which name is which, `values` works out what can
be known without running anything, and `mistakes` explains what cannot be read.

`examining` goes through files, `together` says which of them make a deployment, and `deployment`
puts it together, with what `exported` makes of exports. `cross_lists` and `cross_settings` judge
it as a whole, and `lists` counts. A finding carries the change that mends it; `editing` makes edits
of the file's text of it, `patches` shows them, `mending` makes them in files, and `proofs`
simulates what they do.
"""
