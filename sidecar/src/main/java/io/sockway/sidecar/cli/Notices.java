package io.sockway.sidecar.cli;

import io.sockway.sidecar.report.Exclusion;
import io.sockway.sockops.Accelerator;
import io.sockway.sockops.Habit;
import io.sockway.sockops.PassReport;
import io.sockway.sockops.Reason;
import java.io.PrintWriter;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/** What an operator should hear of without asking, once each: flows beyond {@code --max-flows}, and processes that were hurt. */
final class Notices implements Consumer<PassReport> {
    private final Accelerator accelerator;
    private final PrintWriter out;
    private final Set<String> hurt = new HashSet<>();
    private boolean full;

    Notices(Accelerator accelerator, PrintWriter out) {
        this.accelerator = accelerator;
        this.out = out;
    }

    @Override
    public void accept(PassReport pass) {
        if (!full && pass.waiting().containsKey(Reason.MAP_FULL)) {
            full = true;
            out.printf("--max-flows %d is reached: further connections stay on TCP; said once, 'sockway status' counts them%n",
                    accelerator.maxFlows());
            out.flush();
        }
        accelerator.habits().stream().filter(habit -> habit.late() > 0).filter(habit -> hurt.add(habit.name() + habit.reason()))
                .forEach(this::tell);
    }

    private void tell(Habit habit) {
        out.printf("%s (%d) met redirected bytes where it expects TCP's: %s; %s leaves it alone%n", habit.name(),
                habit.process(), habit.reason().text(), Exclusion.option(accelerator, Set.of(habit.name())));
        out.flush();
    }
}
