package io.sockway.bench.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScopeTest {
    private final List<String> closed = new ArrayList<>();
    private final Scope scope = new Scope();

    @Test
    void shouldCloseInReverseOrderWithChildrenInTheirPlace() {
        scope.own(() -> () -> closed.add("first"));
        Scope child = scope.child();
        child.own(() -> () -> closed.add("of child"));
        scope.own(() -> () -> closed.add("last"));

        scope.close();

        assertThat(closed).containsExactly("last", "of child", "first");
    }

    @Test
    void shouldCloseTheRestWhenOneFails() {
        scope.own(() -> () -> closed.add("first"));
        scope.own(() -> () -> {
            throw new LabException("stuck");
        });
        scope.own(() -> () -> {
            throw new LabException("stuck too");
        });

        assertThatThrownBy(scope::close).hasMessage("stuck too")
                .satisfies(failure -> assertThat(failure.getSuppressed()).singleElement().satisfies(
                        other -> assertThat(other).hasMessage("stuck")));
        assertThat(closed).containsExactly("first");
    }

    @Test
    void shouldCloseOnlyOnce() {
        scope.own(() -> () -> closed.add("one"));

        scope.close();
        scope.close();

        assertThat(closed).containsExactly("one");
    }

    @Test
    void shouldMakeNothingOnceTheParentIsClosed() {
        Scope child = scope.child();
        scope.close();

        assertThatThrownBy(() -> child.own(() -> () -> closed.add("late"))).isInstanceOf(LabClosedException.class);
        assertThat(closed).isEmpty();
    }
}
