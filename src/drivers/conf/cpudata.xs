# <cpudata>: what a CPU says about itself, register by register.

struct CpuidLeaf "One answer of the CPUID instruction"
    @eax_in         hex(8)      required always
    @ecx_in         hex(8)      always
    @eax            hex(8)      always
    @ebx            hex(8)      always
    @ecx            hex(8)      always
    @edx            hex(8)      always

struct CpuMsr "One model-specific register"
    @index          hex(8)      required always
    @edx            hex(8)      always
    @eax            hex(8)      always

struct CpuPvr "The processor version register"
    @value          hex(8)      required always
    @mask           hex(8)

struct CpuData <cpudata> "What a CPU says about itself"
    @arch           string      required
    cpuid[]         CpuidLeaf   as leaves
    msr[]           CpuMsr
    pvr             CpuPvr
