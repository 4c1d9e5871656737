package io.sockway.bench.hop;

/** Where the two ends run. */
enum Placement implements Named {
    /** Both on one CPU: each hand-over is a context switch. */
    SAME_CORE("same", "same core"),
    /** On two CPUs: each hand-over wakes another CPU. */
    TWO_CORES("two", "two cores");

    private final String option;
    private final String label;

    Placement(String option, String label) {
        this.option = option;
        this.label = label;
    }

    @Override
    public String option() {
        return option;
    }

    @Override
    public String label() {
        return label;
    }
}
