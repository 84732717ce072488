"""Numeric methods: arrays in, numbers out. Nothing here knows of files, frames of the house or messages."""
