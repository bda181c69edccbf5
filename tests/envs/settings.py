"""Settings of environments, which tests change one at a time."""

SETTINGS = dict(
    mode='train',
    time_limit=0,
    image_layout='auto',
    action_repeat=1,
    render_size=(64, 64),
    atari_grayscale=True,
    atari_full_actions=True,
    dmc_camera=-1,
    dmc_image=True,
)
