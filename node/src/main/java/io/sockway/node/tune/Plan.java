package io.sockway.node.tune;

import io.sockway.node.host.Host;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What would change. Immutable.
 *
 * @param steps in the order in which they are made
 */
public record Plan(List<Step> steps) {
    /** Copies the list. */
    public Plan {
        steps = List.copyOf(steps);
    }

    /**
     * One setting.
     *
     * @param now its value; empty where this node does not have it
     * @param refusal why it cannot be made so
     */
    public record Step(Proposal proposal, Optional<String> now, Optional<String> refusal) {
        /** Whether the setting is to change. */
        public boolean changes() {
            return refusal.isEmpty() && now.isPresent() && !proposal.target().same(now.get(), proposal.value());
        }
    }

    /** Compares proposals with what is. */
    public static Plan of(Host host, List<Proposal> proposals) {
        List<Step> steps = new ArrayList<>();
        for (Proposal proposal : proposals) {
            Optional<String> now = proposal.target().read(host);
            boolean same = now.isPresent() && proposal.target().same(now.get(), proposal.value());
            steps.add(new Step(proposal, now, same ? Optional.empty() : proposal.target().refusal(host, proposal.value())));
        }
        return new Plan(steps);
    }

    /** The steps that change something. */
    public List<Step> changes() {
        return steps.stream().filter(Step::changes).toList();
    }

    /** The steps that this node refuses. */
    public List<Step> refused() {
        return steps.stream().filter(step -> step.refusal().isPresent()).toList();
    }
}
