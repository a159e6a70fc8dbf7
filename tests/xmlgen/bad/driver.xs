# error: 3: no driver is called 'kvm'; xmlgen.py lists them as DRIVERS
struct Thing "A thing"
    @a string drivers qemu kvm
