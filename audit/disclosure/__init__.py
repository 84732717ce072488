"""Disclosure control: what linking learned passes here, with noise, before anything else sees it."""

from audit.disclosure.gate import Gate
from audit.disclosure.noise import Sampler, opendp_sampler, seeded_sampler
from audit.disclosure.store import ReleaseStore

__all__ = ["Gate", "ReleaseStore", "Sampler", "opendp_sampler", "seeded_sampler"]
