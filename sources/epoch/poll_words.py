"""Questions and answers of Epoch AI's polls in Chinese, by the slugs of the publisher's own short names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

QUESTIONS: Final[Mapping[str, str]] = {
    "q1-job-tasks": "哪些任务是目前工作的常规内容（可多选）",
    "q2-services": "过去七天使用过哪些 AI 服务（可多选）",
    "q3-interaction-modes": "以哪些方式使用 AI 服务（可多选）",
    "q4-frequency": "过去七天中有几天使用 AI",
    "q5-work-personal": "过去七天使用 AI 主要为工作还是私事",
    "q6a-work-tasks": "过去七天用 AI 做过哪些工作任务（可多选）",
    "q7a-task-frequency": "过去七天中有几天用 AI 做该任务",
    "q8-employer-ai": "工作中多数时候使用哪种订阅",
    "q9-task-approach": "目前怎样完成该任务",
    "q10-ai-tenure": "用 AI 做该任务已有多久",
    "q11-time-now": "目前每周花在该任务上的时间",
    "q12-ai-time-share": "该任务的时间中有多少用于与 AI 交互",
    "q13-time-before": "使用 AI 之前每周花在该任务上的时间",
    "q14-editing": "AI 的结果通常需要修改多少",
    "q15-delegation": "哪些任务过去交给他人，现在主要或完全由 AI 完成（可多选）",
}
ANSWERS: Final[Mapping[str, str]] = {
    "maintaining-operational-records": "维护业务记录",
    "developing-policies-systems-or-processes": "制定制度、体系或流程",
    "reading-documents-to-inform-work": "阅读工作所需文件",
    "determining-values-or-prices": "确定价值或价格",
    "analyzing-or-evaluating-data": "分析或评估数据",
    "designing-computer-or-information-systems": "设计计算机或信息系统",
    "preparing-contracts-applications-or-permits": "准备合同、申请或许可文件",
    "explaining-or-providing-info-to-clients": "向客户说明或提供信息",
    "advising-on-business-or-operational-matters": "就业务或运营提供建议",
    "assessing-student-capabilities-or-needs": "评估学生的能力或需求",
    "none-of-the-above": "以上都不是",
    "other-task": "其他任务",
    "none-of-these-tasks": "均未用于这些任务",
    "chatgpt": "ChatGPT",
    "claude": "Claude",
    "google-gemini": "Google Gemini",
    "microsoft-copilot": "Microsoft Copilot",
    "grok": "Grok",
    "meta-ai": "Meta AI",
    "perplexity": "Perplexity",
    "other": "其他",
    "none-no-ai-use": "未使用 AI",
    "typed-into-a-chat-on-the-ai-s-site-app": "在 AI 的网站或应用中输入问题",
    "ai-summary-in-regular-search-results": "普通搜索结果中的 AI 摘要",
    "ai-features-built-into-another-product": "其他产品内置的 AI 功能",
    "not-sure": "不确定",
    **{f"{days}-day{'s' if days > 1 else ''}": f"{days} 天" for days in range(1, 8)},
    "mostly-or-only-work": "只为或主要为工作",
    "both-work-and-personal": "工作和私事都有",
    "mostly-or-only-personal": "只为或主要为私事",
    "free-plan": "免费版",
    "employer-provided": "雇主提供的订阅",
    "personal-paid": "个人付费订阅",
    "both-employer-and-personal": "雇主提供和个人付费都有",
    "no-ai-use": "不用 AI",
    "use-ai-for-part-of-the-task": "部分用 AI",
    "ai-does-most-or-all-of-it": "大部分或全部由 AI 完成",
    "tried-ai-but-stopped": "试过 AI，已停用",
    "a-month-or-less": "不超过一个月",
    "1-6-months": "1 至 6 个月",
    "6-months-2-years": "6 个月至 2 年",
    "2-plus-years": "2 年以上",
    "1-hour-or-less": "不超过 1 小时",
    "1-5-hours": "1 至 5 小时",
    "5-10-hours": "5 至 10 小时",
    "10-20-hours": "10 至 20 小时",
    "20-plus-hours": "20 小时以上",
    "did-not-do-this-task-before-ai": "使用 AI 之前不做该任务",
    "all-or-almost-all": "全部或几乎全部",
    "most-of-it": "大部分",
    "about-half": "约一半",
    "a-little": "一小部分",
    "none-or-almost-none": "没有或几乎没有",
    "use-as-is-no-changes": "直接使用，不作修改",
    "minor-edits-or-small-fixes": "小幅修改",
    "significant-edits-or-changes": "大幅修改",
    "major-rework-or-mostly-redone": "大量返工或基本重做",
}


def in_chinese(topic: str, said: str) -> str | None:
    """Question and answer in Chinese, by their slugs; None where one of them was never seen."""
    question, answer = QUESTIONS.get(topic), ANSWERS.get(said)
    return f"{question}——{answer}" if question and answer else None
