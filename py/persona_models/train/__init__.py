"""What needs torch, and nothing else may import it: the training of the patch nets that draw the
inside of the mouth and eyes, reading the files that torch wrote, LivePortrait's network in PyTorch.

Whoever needs one of these modules imports it where it is used: all else works without torch.
"""
