"""DANN on two moons: a classifier for one domain that also serves a rotated one.

Source: Ganin et al., "Domain-Adversarial Training of Neural Networks", JMLR 17 (2016), section 5.1.
"""
