"""The paper's formulas in float64 NumPy, written from the equations and nothing else."""

import numpy as np


def log_softmax(logit):
    shifted = logit - logit.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def categorical_kl(p_logit, q_logit):
    """KL of S categorical variables, logits [..., S, K] -> nats [...]."""
    p, q = log_softmax(np.float64(p_logit)), log_softmax(np.float64(q_logit))
    return (np.exp(p) * (p - q)).sum((-2, -1))


def lambda_return(reward, discount, value, lambda_):
    """Eq. 4 by its recursion, from [H+1, N] to [H, N]."""
    horizon = len(reward) - 1
    target = np.zeros((horizon + 1, *reward.shape[1:]))
    target[horizon] = value[horizon]
    for t in range(horizon - 1, -1, -1):
        following = (1 - lambda_) * value[t + 1] + lambda_ * target[t + 1]
        target[t] = reward[t] + discount[t] * following
    return target[:horizon]


def n_step_lambda_return(reward, discount, value, lambda_, t):
    """V_t as the lambda-weighted mean of n-step returns: a second way to write Eq. 4."""
    horizon, total, survival, left = len(reward) - 1, 0.0, 1.0, 1.0
    gained = 0.0
    for n in range(1, horizon - t + 1):
        gained = gained + survival * reward[t + n - 1]
        survival = survival * discount[t + n - 1]
        share = left if n == horizon - t else left * (1 - lambda_)
        total = total + share * (gained + survival * value[t + n])
        left *= lambda_
    return total


def discount_weights(discount):
    weight = np.ones_like(discount)
    for t in range(1, len(discount)):
        weight[t] = weight[t - 1] * discount[t - 1]
    return weight


def paper_actor_loss(log_prob, entropy, target, value, weight, share, entropy_scale):
    """Eq. 6 over t = 0 .. H-2; log_prob[t] and entropy[t] are of the policy in state t, [H-1, N]."""
    terms = []
    for t in range(len(target) - 1):
        reinforce = log_prob[t] * (target[t] - value[t])
        terms.append(weight[t] * -((1 - share) * reinforce + share * target[t + 1] + entropy_scale * entropy[t]))
    return np.mean(terms)


def critic_loss(value, target, weight):
    """Eq. 5, with the constant of the Normal distribution, over t = 0 .. H-1."""
    nll = 0.5 * (value - target) ** 2 + 0.5 * np.log(2 * np.pi)
    return np.mean(weight[: len(target)] * nll)


def adam(variables, gradients_of_updates, lr, eps, clip, wd):
    """Variables after several updates; clip by global norm, decay, Adam with epsilon hat."""
    variables = [np.float64(v) for v in variables]
    m, v = [np.zeros_like(x) for x in variables], [np.zeros_like(x) for x in variables]
    for t, gradients in enumerate(gradients_of_updates, 1):
        norm = np.sqrt(sum((np.float64(g) ** 2).sum() for g in gradients))
        step = lr * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        for i, gradient in enumerate(gradients):
            gradient = np.float64(gradient) * min(1, clip / norm)
            m[i] = 0.9 * m[i] + 0.1 * gradient
            v[i] = 0.999 * v[i] + 0.001 * gradient**2
            variables[i] = variables[i] * (1 - wd) - step * m[i] / (np.sqrt(v[i]) + eps)
    return variables


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gru_step(x, h, kernel, bias, gamma, beta):
    """One step of the recurrent model, LayerNorm over all gates."""
    gates = np.concatenate([x, h], -1) @ kernel + bias
    mean, variance = gates.mean(-1, keepdims=True), gates.var(-1, keepdims=True)
    gates = (gates - mean) / np.sqrt(variance + 1e-3) * gamma + beta
    reset, cand, update = np.split(gates, 3, -1)
    cand = np.tanh(sigmoid(reset) * cand)
    update = sigmoid(update - 1)
    return update * cand + (1 - update) * h


def mlp(x, kernels, biases):
    """Hidden layers with elu and a linear output: x [..., in] -> [..., out]."""
    x = np.float64(x)
    for index, (kernel, bias) in enumerate(zip(kernels, biases)):
        x = x @ np.float64(kernel) + np.float64(bias)
        if index < len(kernels) - 1:
            x = np.where(x > 0, x, np.expm1(np.minimum(x, 0)))
    return x


def ensemble_loss(feat, action, target, models, offset):
    """Sum over models of the mean -log N(target of row t + offset; prediction from feat_t and a_{t+1}, 1).

    feat, action, target: [B, T, ...]. models: [(kernels, biases)].
    """
    total = 0.0
    for kernels, biases in models:
        terms = []
        for b in range(feat.shape[0]):
            for t in range(feat.shape[1] - offset):
                predicted = mlp(np.concatenate([feat[b, t], action[b, t + 1]]), kernels, biases)
                error = np.float64(target[b, t + offset]) - predicted
                terms.append(np.sum(0.5 * error**2 + 0.5 * np.log(2 * np.pi)))
        total += np.mean(terms)
    return total


def disagreement(feat, action, models):
    """Reward [H+1, N] of a trajectory: the models' standard deviation of the step that led to each state."""
    reward = np.zeros(feat.shape[:2])
    for t in range(1, len(feat)):
        rows = np.concatenate([feat[t - 1], action[t]], -1)
        reward[t] = np.std([mlp(rows, kernels, biases) for kernels, biases in models], 0).mean(-1)
    return reward
