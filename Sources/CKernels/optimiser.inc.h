// Optimiser updates. The formulas as plain loops, of which the compiler makes vectors for each instruction set; see each_isa.h.

static void HP_NAME(adam)(size_t n, const hp_adam *p, const float *restrict gradient, float *restrict m, float *restrict v,
                          float *restrict w) {
    const hp_adam a = *p;
    const float step = a.learning_rate / a.correction1, root = __builtin_elementwise_sqrt(a.correction2);
    const float keep = 1.0f - a.learning_rate * a.decay;
    for (size_t i = 0; i < n; i++) {
        const float g = a.gradient_scale * gradient[i] + a.l2 * w[i];
        m[i] = a.beta1 * m[i] + (1.0f - a.beta1) * g;
        v[i] = a.beta2 * v[i] + (1.0f - a.beta2) * (g * g);
        // Not sqrtf: it may set errno, and so keeps the loop scalar.
        w[i] = keep * w[i] - step * m[i] / (__builtin_elementwise_sqrt(v[i]) / root + a.epsilon);
    }
}

static void HP_NAME(sgd)(size_t n, const hp_sgd *p, const float *restrict gradient, float *restrict velocity, float *restrict w) {
    const hp_sgd s = *p;
    for (size_t i = 0; i < n; i++) {
        const float g = s.gradient_scale * gradient[i] + s.l2 * w[i];
        if (velocity) {
            velocity[i] = s.momentum * velocity[i] + g;
            w[i] -= s.learning_rate * (s.nesterov ? g + s.momentum * velocity[i] : velocity[i]);
        } else {
            w[i] -= s.learning_rate * g;
        }
    }
}
