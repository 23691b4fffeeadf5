"""Papers of a competition as PDF. They are Indonesian whoever asks for them, so their words are not translated.

Every module here imports reportlab: import them inside the function that makes a paper.
"""
