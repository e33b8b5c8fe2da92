"""The explorer: one page whose sliders move what the theory says, tabulated here and interpolated there."""
