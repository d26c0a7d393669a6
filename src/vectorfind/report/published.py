"""Figures of the published system, marked beside a run's own (system.md 1, 3, 4)."""

MEAN_R = {"eyes": 0.8744, "mouth": 0.8465, "pose": 0.8735}
PASS_SHARE = (49, 2000)
"""Faces that passed the image test, of how many."""
SVM_ACCURACY = {"eyes": 0.963, "mouth": 0.993, "pose": 0.990}
AUROC = {
    "gender": (0.971, 0.989),
    "quality": (0.953, 0.999),
    "age": (0.846, 0.924),
    "glass": (0.979, 0.997),
}
"""Lowest and highest of five folds."""
CORRELATIONS = {
    "eyes": 0.866,
    "hair_color": 0.980,
    "hair_length": 0.906,
    "mouth": 0.974,
    "pose": 0.994,
    "background_mean": 0.978,
    "background_std": 0.643,
    "hairstyle": 0.741,
}
"""Of the property CNN's score with the parser's, on held-out images."""
KEPT = {"original": (4703, 10000), "finetune_v1": (4930, 15000)}
"""Images that passed a stage's filter, of how many."""
