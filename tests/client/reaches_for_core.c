/* Must not compile where the client does: the second header is none of its business. */
#include "status.h"

#include "dmd.h"
