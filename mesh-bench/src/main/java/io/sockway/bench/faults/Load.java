package io.sockway.bench.faults;

import io.sockway.bench.lab.Resource;

/** Traffic that goes on until it is closed. */
interface Load extends Resource {
    /** What gets through: measured for a while, or what has got through so far. */
    double gotThrough();
}
