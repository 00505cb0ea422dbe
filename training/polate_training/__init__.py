"""The offline side: corpus -> VAE -> exported decoder.

    corpus.py -> encoding.py -> vae.py -> fit.py -> checkpoint -> export.py -> exported/slonimsky.onnx

Of the instrument it imports one thing, `polate.pattern`: what a pattern is.
"""
