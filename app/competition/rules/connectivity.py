"""Whether, and how well, judges are linked by entrants whom they share.

Their information matrix, diag(load) - Σ (1/n) · sheets of an entrant, is the Laplacian of the graph in which
judges of one entrant are neighbours (Chung 1997, Spectral Graph Theory; Searle et al. 1992, ch. 4.6:
connectedness). Its second eigenvalue over the mean load is 0 where panels never meet and 1 where everybody
judges everything.
"""

from __future__ import annotations

import numpy as np

from app.competition.rules.sheets import Floats, Ints, Sheets

LOOSE = 0.3  # of the mean load
MOST_DIRECTIONS = 5
LARGEST = 300  # judges


def panels(sheets: Sheets) -> list[tuple[list[int], list[int]]]:
    """Groups of (entrants, judges) that no sheet links, the largest first; one group where all hang together."""
    entrants, judges = sheets.size
    label = np.arange(entrants + judges)
    while True:  # each round hands the smallest label on; a long chain halves by following labels
        before = label.copy()
        low = np.minimum(label[sheets.entrant], label[entrants + sheets.judge])
        np.minimum.at(label, sheets.entrant, low)
        np.minimum.at(label, entrants + sheets.judge, low)
        label = label[label]
        if np.array_equal(before, label):
            break
    found = [np.flatnonzero(label == one) for one in np.unique(label)]
    split = [([int(i) for i in g if i < entrants], [int(i) - entrants for i in g if i >= entrants]) for g in found]
    return sorted(split, key=lambda g: -len(g[0]) - len(g[1]))


def connectivity(given: Floats) -> float:
    """Second eigenvalue of the judges' information matrix over their mean load; 0 for a single judge.

    ``given``: entrants × judges, 1 where there is a sheet; entrants without a sheet do not count.
    """
    count = given.shape[1]
    load = given.sum(0)
    if count < 2 or load.sum() == 0:
        return 0.0
    per = np.maximum(given.sum(1), 1.0)
    matrix = np.diag(load) - given.T @ (given / per[:, None])
    return max(0.0, float(np.linalg.eigvalsh(matrix)[1] / load.mean()))


def loose_directions(sheets: Sheets) -> Floats:
    """How far each entrant lies along every direction in which judges hang together only weakly.

    Entrants × directions, none where the design is well linked. Along such a direction (between two panels that
    share few entrants) it must not be assumed that entrants were dealt out by chance: panels may follow
    quality.
    """
    given = sheets.given
    load = given.sum(0)
    if len(load) > LARGEST:
        return np.zeros((sheets.size[0], 0))
    matrix = np.diag(load) - given.T @ (given / sheets.per_entrant[:, None])
    values, vectors = np.linalg.eigh(matrix)
    loose = (values < LOOSE * load.mean()) & (np.arange(len(load)) > 0) & (np.arange(len(load)) <= MOST_DIRECTIONS)
    return (given @ vectors[:, loose]) / sheets.per_entrant[:, None]


def shared(given: Floats) -> Ints:
    """Judges × judges: how many entrants two judges share; loads on the diagonal."""
    return np.rint(given.T @ given).astype(np.int64)
