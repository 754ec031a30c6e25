"""What LivePortrait's network is: its parts, sizes and tensors, and its definition in numpy."""
