#!/bin/bash
# Add the node monitor's system calls 629..631 behind the last Nexus line of
# every table below the current directory (a tree with the Nexus series).
# nm-wire.sh kernel|tools
set -e
case $1 in
kernel) roots="arch scripts include/linux/syscalls.h include/uapi/asm-generic/unistd.h kernel/sys_ni.c" ;;
tools) roots=tools ;;
esac
python3 - $roots <<'PY'
import os,re,sys
calls=[(629,'nodemon_create'),(630,'nodemon_watch'),(631,'nodemon_unwatch')]
def files():
    for r in sys.argv[1:]:
        if os.path.isfile(r): yield r
        else:
            for d,_,fs in os.walk(r):
                for f in fs: yield os.path.join(d,f)
for p in files():
    try: s=open(p).read()
    except Exception: continue
    if 'nexus_open' not in s or 'nodemon_create' in s: continue
    if p.endswith('.tbl'):
        ls=s.split('\n')
        i=max(k for k,l in enumerate(ls) if re.match(r'6\d\d\s.*sys_nexus_',l))
        m=re.match(r'(\d+)(\s+)(\S+)(\s+)(\S+)(\s+)(\S+)$',ls[i])
        new=[]
        for nr,n in calls:
            # the width of the third column, in tabs
            pre=m[1]+m[2]+m[3]+m[4]
            start=len(pre.expandtabs(8))
            end=len((pre+m[5]+m[6]).expandtabs(8))
            cur=start+len(n); t=''
            while cur<end: t+='\t'; cur=(cur//8+1)*8
            new.append(f'{nr}{m[2]}{m[3]}{m[4]}{n}{t}sys_{n}')
        ls[i+1:i+1]=new
        s='\n'.join(ls)
    elif p.endswith('syscalls.h') and p.startswith('include'):
        s=s.replace('struct nexus_port_args;\n','struct nexus_port_args;\nstruct nodemon_args;\n',1)
        k=list(re.finditer(r'asmlinkage long sys_nexus_[^;]*;\n',s))[-1].end()
        s=s[:k]+'''asmlinkage long sys_nodemon_create(unsigned int flags);
asmlinkage long sys_nodemon_watch(int fd, struct nodemon_args __user *uargs,
				  size_t size);
asmlinkage long sys_nodemon_unwatch(int fd, int watch, int port, int token);
'''+s[k:]
    elif p.endswith('unistd.h'):
        k=list(re.finditer(r'__SYSCALL\(__NR_nexus_\w+, sys_nexus_\w+\)\n',s))[-1].end()
        s=s[:k]+''.join(f'#define __NR_{n} {nr}\n__SYSCALL(__NR_{n}, sys_{n})\n' for nr,n in calls)+s[k:]
        s=re.sub(r'(#define __NR_syscalls )6\d\d',r'\g<1>632',s)
    elif p.endswith('sys_ni.c'):
        k=list(re.finditer(r'COND_SYSCALL\(nexus_\w+\);\n',s))[-1].end()
        s=s[:k]+''.join(f'COND_SYSCALL({n});\n' for _,n in calls)+s[k:]
    else: continue
    open(p,'w').write(s); print(p)
PY
