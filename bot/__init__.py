"""Our code inside the Rasa process (Python 3.10): graph components, importer, channels, thin over `understanding`."""
