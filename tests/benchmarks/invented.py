"""Questions made up from parts, as many as a benchmark wants: the same number is always the same question."""

import random
from collections.abc import Iterator

THINGS = """
验证器|尾调用|环形缓冲区|哈希映射|数组映射|内核模块|跟踪点|调度器|套接字|网络命名空间|控制组|页缓存|
中断|软中断|工作队列|内存回收|透明大页|文件系统|块设备|写时复制|信号量|互斥锁|原子操作|符号表|编译器|
重定位|字节码|即时编译|辅助函数|骨架文件|虚拟网卡|网桥|路由表|连接跟踪|负载均衡|服务网格|镜像仓库|
容器运行时|准入控制|证书轮换|服务发现|日志采集|链路追踪|指标|告警|火焰图|采样频率|栈回溯|火焰|
延迟分布|慢查询|线程池|协程|垃圾回收|连接池|长连接|拥塞控制|重传|校验和|分片|广播|组播
""".replace("\n", "").split("|")
TOOLS = """
XDP|TC|kprobe|uprobe|fentry|fexit|LSM|perf|ftrace|bpftrace|BCC|libbpf|bpftool|Cilium|Hubble|Tetragon|
Falco|Pixie|Kubernetes|Docker|containerd|systemd|clang|LLVM|pahole|BTF|CO-RE|cgroup v2|sockmap|
netkit|AF_XDP|io_uring|OpenSSL|gRPC|Envoy|Istio|Prometheus|Grafana|MySQL|Redis|Kafka|nginx|Go|Rust|
Python|Java|Node.js
""".replace("\n", "").split("|")
PLACES = """
Ubuntu 22.04|Debian 12|CentOS 7|内核 4.18|内核 5.10|内核 6.6|ARM64|x86_64|树莓派|虚拟机|WSL2|
公有云主机|裸金属|边缘节点|生产环境|测试环境|嵌入式设备|安卓手机|龙芯|多租户集群|千台机器的集群|
双网卡机器|没有外网的机器|只读根文件系统
""".replace("\n", "").split("|")
CHINESE = (
    "{place}上用 {tool} 观察{thing}，应该从哪里开始？",
    "{thing}和{other}一起用会不会冲突？",
    "{tool} 能看到{thing}的细节吗？",
    "想统计{thing}的次数，{tool} 合适还是{tool2} 合适？",
    "请讲讲{thing}在{place}上的实现",
    "{place}上{thing}占用太多内存，怎么调小？",
    "{tool} 采到的{thing}数据不准，可能是哪些原因？",
    "为什么打开 {tool} 以后{thing}变慢了 {n}%？",
    "{thing}的源码应该按什么顺序读？",
    "有没有{thing}配合 {tool} 的完整案例？",
    "升级到{place}之后{thing}的行为变了，是故意的吗？",
    "{n} 个{thing}同时存在会怎样？",
    "怎么给{thing}设置合理的上限？{place}上试过 {n} 不行",
    "{tool} 报错 {n}，和{thing}有关系吗？",
    "希望有一篇文章比较 {tool} 和 {tool2} 处理{thing}的办法",
)
ENGLISH = (
    "How does {tool} deal with {tool2} on a machine with {n} cores?",
    "Is {tool} still needed when {tool2} is installed?",
    "Which {tool} setting lowers memory use below {n} MB?",
    "Why does {tool} print error {n} after an upgrade of {tool2}?",
    "Can somebody explain the life cycle of a {tool} object?",
    "Please write an article about {tool} together with {tool2}",
    "What are good alternatives to {tool} for {n} nodes?",
    "How do I back up the state of {tool} before removing {tool2}?",
)


def questions(count: int, seed: int = 1) -> Iterator[str]:
    """So many questions, all different, two thirds of them Chinese."""
    draw = random.Random(seed)
    seen: set[str] = set()
    while len(seen) < count:
        pattern = draw.choice(CHINESE if draw.random() < 2 / 3 else ENGLISH)
        thing, other = draw.sample(THINGS, 2)
        tool, tool2 = draw.sample(TOOLS, 2)
        text = pattern.format(
            thing=thing, other=other, tool=tool, tool2=tool2, place=draw.choice(PLACES), n=draw.randrange(2, 400)
        )
        if text not in seen:
            seen.add(text)
            yield text
