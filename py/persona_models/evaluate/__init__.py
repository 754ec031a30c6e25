"""How like the real face an animated photo is: renderers, scores, and what is made of them."""
