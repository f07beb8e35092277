"""What serves notebooks and the app: JupyterLab, Voilà, behind a token, on this machine."""
