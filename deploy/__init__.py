"""Put the page on a Hugging Face Space, and rehearse it: ``python -m deploy``."""
