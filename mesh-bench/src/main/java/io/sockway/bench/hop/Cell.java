package io.sockway.bench.hop;

/**
 * One square of the grid: what is measured with each variant.
 *
 * @param pattern who sends what when
 * @param size of a message
 * @param placement where the ends run
 * @param route how the client gets to the server
 * @param family of both ends' sockets
 */
record Cell(Pattern pattern, Size size, Placement placement, Route route, Family family) {
    @Override
    public String toString() {
        return "%s, %s, %s, %s %s".formatted(pattern.label(), size.label(), placement.label(), route.label(), family.label());
    }

    /** Whether it is of the simplest kind. */
    boolean basic() {
        return axes() == 0;
    }

    /** In how many of placement, route and family it is not the simplest. */
    int axes() {
        return (placement == Placement.SAME_CORE ? 0 : 1) + (route == Route.DIRECT ? 0 : 1) + (family == Family.IPV4 ? 0 : 1);
    }
}
