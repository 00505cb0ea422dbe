"""The exported model: a latent map on which every point is a pattern.

shipped: the file of a name --onnx_file--> session --contract: metadata checked--> Decoder, Encoder

text --places--> Query --latent_map--> Point --decoder--> Pattern
                            |
                            encoder, and place_search if its mean decodes to another pattern

Points --interpolation--> paths, grids --scales--> Scale
"""
