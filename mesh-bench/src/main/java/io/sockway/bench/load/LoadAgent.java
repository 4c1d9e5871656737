package io.sockway.bench.load;

import io.sockway.bench.lab.Control;
import io.sockway.bench.lab.LabException;
import java.io.IOException;
import java.io.PrintWriter;

/**
 * The process of a generator that is driven from elsewhere. It connects to a control socket; each line there is a {@link LoadPlan},
 * answered by {@value #MEASURING} when the warm-up is over and by {@value #DONE} and the {@link LoadResult}, or by a failure.
 */
final class LoadAgent {
    static final String MEASURING = "measuring";
    static final String DONE = "done";

    private LoadAgent() {
    }

    /** {@code arguments} is the path of the control socket. */
    public static void main(String[] arguments) throws IOException {
        Control.serve(arguments[0], (plan, answers) -> run(LoadPlan.parse(plan), answers));
    }

    private static void run(LoadPlan plan, PrintWriter answers) {
        try {
            LoadResult result = LoadGenerator.run(plan, new LoadListener() {
                @Override
                public void measuring() {
                    answers.println(MEASURING);
                }
            });
            answers.println(DONE + " " + result.toLine());
        } catch (LabException e) {
            answers.println(Control.FAILED + " " + e.getMessage());
        }
    }
}
