// zlib (RFC 1950, RFC 1951), as the system's package zlib1g-dev installs it.

#include <zlib.h>
