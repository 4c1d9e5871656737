package io.sockway.bench.hop;

/**
 * One square of the grid: what is measured with each variant.
 *
 * @param pattern who sends what when
 * @param connections how many are open at a time
 * @param size of a message or a body
 * @param placement where the ends run
 * @param route how the client gets to the server
 * @param family of both ends' sockets
 */
record Cell(Pattern pattern, int connections, Size size, Placement placement, Route route, Family family) {
    @Override
    public String toString() {
        return "%s, %s, %s".formatted(pattern.label(), size.label(), setting());
    }

    /** All but the pattern and the size, for people. */
    String setting() {
        String where = "%s, %s, %s".formatted(placement.label(), route.label(), family.label());
        return pattern == Pattern.HTTP ? "%d connection%s, %s".formatted(connections, connections == 1 ? "" : "s", where) : where;
    }

    /** The cell of another size that is otherwise the same. */
    Cell with(Size other) {
        return new Cell(pattern, connections, other, placement, route, family);
    }

    /** Whether it is of the simplest kind. */
    boolean basic() {
        return axes() == 0;
    }

    /** In how many of placement, route and family it is not the simplest. */
    int axes() {
        return (placement == Placement.SAME ? 0 : 1) + (route == Route.DIRECT ? 0 : 1) + (family == Family.IPV4 ? 0 : 1);
    }
}
