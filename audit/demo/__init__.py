"""A county that does not exist: simulated with known truth, written in the forms offices send, and scored after an audit.

It imports neither ``audit.ingest`` nor ``audit.linkage``, or it would repeat their mistakes. Every identity number begins
with 69, which no real area has.

>>> world = simulate(7, townships=5, births=(150, 300))
>>> world.truth.townships.height
5
"""

from audit.demo.county import simulate
from audit.demo.files import write
from audit.demo.scoring import Planted, Score, score
from audit.demo.sizes import FULL_SIZE, KINDS, Errors, Fraud, Sizes
from audit.demo.world import Truth, World

__all__ = ["FULL_SIZE", "KINDS", "Errors", "Fraud", "Planted", "Score", "Sizes", "Truth", "World", "score", "simulate", "write"]
