import re,subprocess,sys
names=[(622,'nexus_area_create'),(623,'nexus_area_clone'),(624,'nexus_area_resize'),(625,'nexus_area_protect'),(626,'nexus_area_transfer'),(627,'nexus_area_for'),(628,'nexus_area_map')]
files=subprocess.check_output(['git','grep','-l','nexus_open'],text=True).split()
for p in files:
    if not ('syscall' in p or p.endswith('unistd.h') or p.endswith('sys_ni.c')): continue
    s=open(p).read()
    if 'nexus_area_create' in s: continue
    out=[]
    for line in s.split('\n'):
        out.append(line)
        if line.startswith('621') and 'nexus_open' in line:
            for nr,n in names:
                l=line.replace('621',str(nr))
                l=l.replace('sys_nexus_open','sys_'+n)
                # first name with padding
                m=re.match(r'^(\S+\s+\S+\s+)nexus_open(\t+)',l)
                width=len('nexus_open')
                tabs=m.group(2)
                # keep columns: compute the column
                col=len((m.group(1)+'nexus_open'+tabs).expandtabs(8))
                new=m.group(1)+n
                while len(new.expandtabs(8))<col: new+='\t'
                if not new.endswith('\t'): new+='\t'
                l=new+l[m.end():]
                out.append(l)
        elif line.startswith('COND_SYSCALL(nexus_open)'):
            for nr,n in names: out.append(f'COND_SYSCALL({n});')
        elif line.startswith('__SYSCALL(__NR_nexus_open'):
            for nr,n in names:
                out.append(f'#define __NR_{n} {nr}'); out.append(f'__SYSCALL(__NR_{n}, sys_{n})')
        elif line.startswith('#define __NR_syscalls 622') or re.match(r'#define __NR_syscalls\s+622',line):
            out[-1]=line.replace('622','629')
        elif 'asmlinkage long sys_nexus_open(' in line:
            out+=['asmlinkage long sys_nexus_area_create(struct nexus_area_args __user *uargs,',
'\t\t\t\t      size_t usize);',
'asmlinkage long sys_nexus_area_clone(int source,',
'\t\t\t\t     struct nexus_area_args __user *uargs,',
'\t\t\t\t     size_t usize);',
'asmlinkage long sys_nexus_area_resize(int id, size_t size);',
'asmlinkage long sys_nexus_area_protect(int id, unsigned int protection);',
'asmlinkage long sys_nexus_area_transfer(int id, int nr,',
'\t\t\t\t\tstruct nexus_area_args __user *uargs,',
'\t\t\t\t\tsize_t usize);',
'asmlinkage long sys_nexus_area_for(const void __user *address,',
'\t\t\t\t   unsigned int flags);',
'asmlinkage long sys_nexus_area_map(int nr, unsigned long address,',
'\t\t\t\t   struct nexus_area_info __user *uinfo,',
'\t\t\t\t   size_t usize, unsigned int flags);']
        elif line=='struct nexus_port_args;' :
            out[-1:]=['struct nexus_area_args;','struct nexus_area_info;','struct nexus_port_args;'] if p.endswith('syscalls.h') else ['struct nexus_port_args;']
    s='\n'.join(out)
    open(p,'w').write(s)
    print(p)
