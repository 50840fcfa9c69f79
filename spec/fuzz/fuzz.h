/*
 * fuzz: what every target includes. A target is one file NAME.c that defines
 * LLVMFuzzerTestOneInput: it gives the bytes to a decoder and checks with must() what has
 * to hold of the result. `make fuzz` runs it with libFuzzer, `make test` a few thousand
 * inputs of it through run.c. Seeds come from scripts/dev/seeds.lua, inputs that once
 * failed lie in spec/fuzz/corpus/NAME.
 */
#ifndef SPEC_FUZZ_FUZZ_H
#define SPEC_FUZZ_FUZZ_H

#include "base/must.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
