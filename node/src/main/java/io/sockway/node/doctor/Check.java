package io.sockway.node.doctor;

/** Looks at one area. Stateless. */
interface Check {
    /** Which area. */
    Area area();

    /** Compares the samples of a view and reports what they show. */
    void look(View view, Report report);
}
