"""LivePortrait-Lite: its patch nets as a model that the site serves."""
