"""The network in PyTorch, to measure against: needs torch, which nothing else here may import.

Whoever needs these modules imports them where they are used: all else works without torch.
"""
