# <cpudata>: what a CPU says about itself, register by register.

struct CpuidLeaf "One answer of the CPUID instruction"
    since 0.7.5
    @eax_in         hex(8)      required always "The question: what EAX held"
    @ecx_in         hex(8)      always absent "0" "The rest of the question: what ECX held"
    @eax            hex(8)      always "Answer in EAX"
    @ebx            hex(8)      always "Answer in EBX"
    @ecx            hex(8)      always "Answer in ECX"
    @edx            hex(8)      always "Answer in EDX"

struct CpuMsr "One model-specific register"
    since 0.7.5
    @index          hex(8)      required always "Number of the register"
    @edx            hex(8)      always "Upper 32 bits of its value"
    @eax            hex(8)      always "Lower 32 bits of its value"

struct CpuPvr "The processor version register of POWER"
    since 0.7.5
    @value          hex(8)      required always "Value of the register"
    @mask           hex(8) absent "all bits" "Bits that count"

struct CpuData <cpudata> "What a CPU says about itself: CPUID and MSR of x86, PVR of POWER"
    since 0.7.5
    @arch           string      required "Architecture: x86 or ppc64"
    cpuid[]         CpuidLeaf   as leaves
    msr[]           CpuMsr
    pvr             CpuPvr
