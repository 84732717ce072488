"""The composition root: from a campaign file to a sealed run."""
