"""DreamerV2, "Mastering Atari with Discrete World Models" (Hafner et al., ICLR 2021)."""

__version__ = '0.1.0'
