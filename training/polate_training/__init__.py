"""Training: from a corpus to the exported model, and its figures.

    corpus.py, octave.py, files --entries.py--> entries --sources.py--> Corpus
    Corpus -> encoding.py -> vae.py -> fit.py -> checkpoint -> export.py -> exported/slonimsky.onnx
    exported/slonimsky.onnx, Corpus -> evaluation -> figures, pictures

From the instrument it imports four things: `polate.theory` (what a pattern is, and how notes are identified as one),
`polate.model.contract` (what the exported files contain), `polate.runtime.file_io` and `polate.errors`.
"""
