"""The offline side: corpus -> VAE -> exported decoder.

    corpus.py, octave.py, files --sources.py--> Corpus
    Corpus -> encoding.py -> vae.py -> fit.py -> checkpoint -> export.py -> exported/slonimsky.onnx
    exported/slonimsky.onnx, Corpus -> evaluation -> figures, pictures

Of the instrument it imports `polate.theory.pattern`, what a pattern is, `polate.theory.identification`, which finds it
in notes, and `polate.errors`.
"""
