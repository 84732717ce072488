"""What the demo says of its county before the libraries that make it are loaded."""

from typing import Final

COUNTY: Final = "澄溪县"
