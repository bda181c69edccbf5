"""An attack with malformed files: every reader meets every kind of them, and none may break.

episodes, configs, checkpoints, scores    kinds of files, each made from a random generator
npz, headers                              kinds that episodes and checkpoints share, built by `zips`
episode_readers, readers                  what reads the files, and what must hold of the outcome
case, guard                               one file; limits of time and memory; what happens to other files
options                                   pytest's flags --attack_files and --attack_seed, and the table at the end
"""
