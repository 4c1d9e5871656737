package io.sockway.xds.yaml;

import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * A place in a file.
 *
 * @param file its name, as problems show it
 * @param line from 1
 * @param column from 1
 */
public record Position(String file, int line, int column) {

    static Position of(Mark mark) {
        return new Position(mark.getName(), mark.getLine() + 1, mark.getColumn() + 1);
    }

    static Position of(Node node) {
        return of(node.getStartMark().orElseThrow());
    }

    @Override
    public String toString() {
        return file + ":" + line + ":" + column;
    }
}
