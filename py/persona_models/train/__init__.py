"""Training of the patch nets that draw what a warp cannot: the inside of the mouth, and eyes."""
